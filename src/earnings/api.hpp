// What other modules and commands may ask of earnings.
#pragma once
#include "earnings/rollups.hpp"
