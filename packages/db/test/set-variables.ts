// The process that seal.test.ts kills: sets one variable after the other, and says when each is committed.
import { writeSync } from "node:fs";
import { Secret } from "@fmg/core";
import { findContext, openDb, setVariable } from "@fmg/db";

const [dbFile = "", keyFile = "", run = ""] = process.argv.slice(2);
const db = openDb(dbFile, { migrate: false });
const context = findContext(db, "deploy");
if (context === undefined) throw new Error("the test made the context");
const by = { tokenId: null, tokenName: null, ip: null, at: 1 };
for (let n = 0; n < 90; n++) {
  const variable = { name: `V${run}_${n % 9}`, value: new Secret(`value ${n}`) };
  setVariable(db, { kind: "file", file: keyFile }, { kind: "context", row: context }, variable, by);
  writeSync(1, `${n}\n`);
}
db.close();
