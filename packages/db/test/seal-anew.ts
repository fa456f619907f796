// The process that seal.test.ts kills: rotates the encryption key in small batches, and says when each is committed.
import { writeSync } from "node:fs";
import { beginRotation, openDb, retireOlderKeys } from "@fmg/db";
import { sealAnew } from "@fmg/db/unsealing";

const [dbFile = "", keyFile = ""] = process.argv.slice(2);
const db = openDb(dbFile, { migrate: false });
const keys = { kind: "file", file: keyFile } as const;
beginRotation(db, keys, { tokenId: null, tokenName: null, ip: null, at: 1 });
const tell = (what: string) => writeSync(1, `${what}\n`);
tell("begun");
for (let after: number | undefined, first = true; first || after !== undefined; first = false) {
  after = sealAnew(db, keys, { after, limit: 5 }).next;
  tell("batch");
}
retireOlderKeys(db, keys);
tell("retired");
db.close();
