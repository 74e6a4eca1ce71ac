import { defineConfig } from "vite";
import { precompress } from "./precompress.ts";

export default defineConfig({
  base: "/portal/",
  plugins: [precompress()],
  build: { target: "es2023" },
});
