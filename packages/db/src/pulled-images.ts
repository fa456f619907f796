import type { Instant } from "@fmg/core";
import type { Db } from "./open-db.ts";
import { statement } from "./statements.ts";

/** An image that FMG pulled to a host, under the name that a config gives it. */
export interface PulledImage {
  /** Of the Docker daemon. */
  readonly hostId: string;
  readonly reference: string;
  /** What the name meant then; when it means another image now, that one is somebody else's. */
  readonly imageId: string;
  readonly sizeBytes: number;
}

const pulled = statement(
  `insert into pulled_images (host_id, reference, image_id, size_bytes, last_used_at)
   values (:hostId, :reference, :imageId, :sizeBytes, :now)
   on conflict (host_id, reference) do update set
     image_id = excluded.image_id, size_bytes = excluded.size_bytes, last_used_at = excluded.last_used_at`,
);

/** Notes that FMG brought an image to a host: from now on it may be removed again. */
export function notePulledImage(db: Db, image: PulledImage, now: Instant): void {
  const { hostId, reference, imageId, sizeBytes } = image;
  pulled(db).run({ hostId, reference, imageId, sizeBytes, now });
}

const used = statement(
  `update pulled_images set last_used_at = :now where host_id = :hostId and reference = :reference`,
);

/** Notes that an attempt takes the image of that name; one that FMG did not pull is passed over. */
export function noteUsedImage(
  db: Db,
  { hostId, reference }: Pick<PulledImage, "hostId" | "reference">,
  now: Instant,
): void {
  used(db).run({ hostId, reference, now });
}

const idle = statement(
  `select host_id as hostId, reference, image_id as imageId, size_bytes as sizeBytes from pulled_images
   where host_id = :hostId and last_used_at < :before order by last_used_at, reference limit 1000`,
);

/** What FMG pulled to a host and nobody took since then, the least recently used first. */
export function idlePulledImages(db: Db, hostId: string, before: Instant): readonly PulledImage[] {
  return idle(db).all({ hostId, before }) as unknown as PulledImage[];
}

const total = statement(
  `select coalesce(sum(size_bytes), 0) as bytes from
     (select max(size_bytes) as size_bytes from pulled_images where host_id = :hostId group by image_id)`,
);

/** What they take together, at most: layers that images share are counted for each. */
export function pulledImageBytes(db: Db, hostId: string): number {
  return (total(db).get({ hostId }) as { bytes: number }).bytes;
}

const forget = statement(`delete from pulled_images where host_id = :hostId and reference = :reference`);

/** The image of that name is gone from the host, or is not FMG's any more. */
export function forgetPulledImage(
  db: Db,
  { hostId, reference }: Pick<PulledImage, "hostId" | "reference">,
): void {
  forget(db).run({ hostId, reference });
}
