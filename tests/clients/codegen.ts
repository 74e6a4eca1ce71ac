import type { CodegenConfig } from "@graphql-codegen/cli";

const config: CodegenConfig = {
  schema: "../../schema.graphql",
  documents: ["documents.ts"],
  generates: {
    "generated/": {
      preset: "client",
      presetConfig: { fragmentMasking: false, persistedDocuments: { hashAlgorithm: "sha256" } },
      config: {
        useTypeImports: true,
        enumsAsTypes: true,
        importExtension: ".ts",
        scalars: { DateTime: "string", URL: "string", Long: "number" },
      },
    },
    "generated/introspection.json": {
      plugins: ["introspection"],
      config: { minify: true },
    },
  },
};

export default config;
