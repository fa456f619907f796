import { readFileSync, writeFileSync } from "node:fs";
import { compatibilityPage, pageFile } from "./compatibility-page.ts";

writeFileSync(pageFile, compatibilityPage(readFileSync(pageFile, "utf8")));
