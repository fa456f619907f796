import { FmgCommand } from "../../fmg-command.ts";
import { toSecond } from "../../format.ts";
import { formatFlag, printItems } from "../../print-items.ts";
import { plain } from "../../ui.ts";

/** `fmg repo list` */
export class ListRepos extends FmgCommand {
  static override summary = "Show the repositories that pipelines are run of.";
  static override usage = "repo list [--format <template>]";
  static override flags = formatFlag;

  override async run(): Promise<void> {
    const { flags } = await this.parse(ListRepos);
    await this.withServer(flags, async ({ ui, client }) => {
      const page = await client.listProjects();
      const none =
        'No repositories yet. Its first push, by a webhook, connects one (README, "Connect a repository").';
      await printItems(
        ui,
        page,
        {
          id: ({ owner, name }) => `${owner}/${name}`,
          row: ({ owner, name, defaultBranch, pipelines, lastPipelineAt }) => [
            plain(`${owner}/${name}`),
            plain(defaultBranch),
            pipelines === 1 ? "1 pipeline" : `${pipelines} pipelines`,
            lastPipelineAt === null ? "" : `last ${toSecond(lastPipelineAt)}`,
          ],
        },
        none,
      );
    });
  }
}
