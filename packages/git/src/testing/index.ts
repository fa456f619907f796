export {
  startGitServer,
  type CommitInput,
  type FileContent,
  type GitServer,
  type GitServerSettings,
} from "./git-server.ts";
export { runGit } from "./run-git.ts";
