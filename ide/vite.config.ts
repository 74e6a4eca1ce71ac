import { defineConfig } from "vite";
import { precompress } from "../portal/precompress.ts";

export default defineConfig({
  // The page answers at /graphql; its files stand under /ide/.
  base: "/ide/",
  plugins: [precompress()],
  // The sign-in is the portal's. What it imports is looked for here, wherever its source stands.
  resolve: { dedupe: ["oauth4webapi"] },
  worker: { format: "es" },
  build: {
    target: "es2023",
    // Monaco alone is larger than the limit that Vite warns about; it is cached for good.
    chunkSizeWarningLimit: 4000,
    rolldownOptions: {
      // "use client" means something to React servers only.
      onwarn: (warning, warn) => warning.code !== "MODULE_LEVEL_DIRECTIVE" && warn(warning),
    },
  },
});
