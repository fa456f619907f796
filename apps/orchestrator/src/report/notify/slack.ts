import { details, headline, type Message } from "./message.ts";

/** The body for an incoming webhook of Slack's, which Mattermost, Rocket.Chat and Discord (`/slack`) take too. */
export function slackBody(message: Message): string {
  const title = headline(message);
  return JSON.stringify({
    text: escape(title),
    attachments: [
      {
        color: message.event === "workflow.broken" ? "danger" : "good",
        fallback: escape(title),
        title: `Pipeline #${message.pipeline.id}`,
        title_link: message.pipeline.url,
        text: details(message).map(escape).join("\n"),
      },
    ],
  });
}

/** Else a commit's subject could notify a whole channel, by `<!channel>`. */
function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
