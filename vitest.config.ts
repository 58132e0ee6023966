import { defineConfig } from "vitest/config"

/** Native addons hold process-wide state, so every test file has a process of its own. */
export default defineConfig({
  test: {
    include: ["*.test.ts", "{schemas,learning,platform,pipelines,apps,deploy}/**/*.test.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 180_000,
    hookTimeout: 300_000
  }
})
