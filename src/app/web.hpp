// The web app, served from inside the binary: hashed files that never change, and one HTML page for each
// bundle, which the server fills with the language and theme of the visitor's cookies. No page needs a script
// that stands in it, so the content security policy refuses all of them.
#pragma once
#include "http/routes.hpp"

namespace tandem::app {

/// Declares /console, /portal, the public pages and /assets. Not part of the API and so not of its document.
void declare_web(http::Routes& routes);

}  // namespace tandem::app
