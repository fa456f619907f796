// A process of the race in leases.test.ts: claims every queued attempt that it can get and prints those it got.
import { claimAttempt, openDb, queuedAttempts } from "@fmg/db";

const [file = "", owner = ""] = process.argv.slice(2);
const db = openDb(file, { migrate: false });
const got: number[] = [];
for (let waiting = queuedAttempts(db, 50); waiting.length > 0; waiting = queuedAttempts(db, 50)) {
  for (const { attemptId } of waiting) {
    const claim = claimAttempt(db, attemptId, owner, Date.now(), 30_000);
    if (typeof claim === "object") got.push(attemptId);
  }
}
db.close();
process.stdout.write(JSON.stringify(got));
