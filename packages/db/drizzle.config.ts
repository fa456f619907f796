import { defineConfig } from "drizzle-kit";

// `pnpm generate` in this package writes the next migration; published ones are never edited.
export default defineConfig({
  dialect: "sqlite",
  schema: "./src/schema.ts",
  out: "./drizzle",
  casing: "snake_case",
});
