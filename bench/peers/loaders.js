// One DataLoader for each kind of row, made anew for each request, as its documentation says.
import DataLoader from "dataloader";
import { batches, viewerOf } from "./shared.js";

export const contextOf = async (authorization) => ({
  viewer: await viewerOf(authorization),
  load: Object.fromEntries(
    Object.entries(batches).map(([name, batch]) => {
      const loader = new DataLoader(batch);
      return [name, (key) => loader.load(key)];
    }),
  ),
});
