import { custom } from "@oclif/core/args";

import { openInBrowser } from "../browser.ts";
import { findPipeline } from "../find-pipeline.ts";
import { FmgCommand } from "../fmg-command.ts";
import { readPipelineReference, type PipelineReference } from "../pipeline-reference.ts";

/** `fmg open` */
export class Open extends FmgCommand {
  static override summary = "Open a pipeline's page in the browser.";
  static override usage = "open [pipeline_id]";
  static override args = {
    pipeline_id: custom<PipelineReference>({
      parse: (text) => Promise.resolve().then(() => readPipelineReference(text)),
      ignoreStdin: true,
      description: "as for fmg logs; the newest unless told",
    })(),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Open);
    await this.withServer(flags, async ({ client, ui }) => {
      const reference = args.pipeline_id ?? { kind: "latest", branch: undefined };
      await openInBrowser(ui, (await findPipeline(client, reference)).url);
    });
  }
}
