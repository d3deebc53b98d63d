// Puts a table between the marks of a README: write_table.mjs README TABLE SENTENCE
import { readFileSync, writeFileSync } from "node:fs";

const [readme, table, sentence] = process.argv.slice(2);
const [begin, end] = ["<!-- table -->\n", "<!-- /table -->"];
const text = readFileSync(readme, "utf8");
const from = text.indexOf(begin) + begin.length, to = text.indexOf(end);
if (from < begin.length || to < from) throw new Error("the README has no marks for the table");
writeFileSync(readme, `${text.slice(0, from)}${readFileSync(table, "utf8")}\n${sentence}\n${text.slice(to)}`);
