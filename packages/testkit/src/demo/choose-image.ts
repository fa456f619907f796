import Docker from "dockerode";
import { testImages } from "../images/images.ts";

/** A small image that most people know; its sh is busybox's, as the local one's is. */
const PUBLIC_IMAGE = "alpine:3";
const REGISTRY_WITHIN_MS = 3000;

export interface ChosenImage {
  readonly image: string;
  readonly why: string;
}

/** A public image where Docker reaches its registry within 3 s; else the local one made of busybox-static. */
export async function chooseImage(docker: Docker = new Docker()): Promise<ChosenImage> {
  try {
    // Docker's daemon asks, not we: it is the daemon that has to pull.
    const abortSignal = AbortSignal.timeout(REGISTRY_WITHIN_MS);
    await docker.getImage(PUBLIC_IMAGE).distribution({ abortSignal });
    return { image: PUBLIC_IMAGE, why: "a registry answers" };
  } catch {
    return {
      image: testImages.busybox,
      why: `no registry answered within ${REGISTRY_WITHIN_MS / 1000} s: a local image of Debian's busybox-static`,
    };
  }
}
