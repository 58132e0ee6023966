/**
 * Where a history lies.
 */
import { existsSync } from "node:fs"
import { join } from "node:path"

/** The history's folder in a data folder. */
export const historyFolder = (dataDir: string): string => join(dataDir, "history")

/** Where the engine keeps its tables in a history's folder. */
export const tablesFolder = (folder: string): string => join(folder, "tables")

/** Whether a folder holds a history at all. */
export const isHistory = (folder: string): boolean => existsSync(tablesFolder(folder))
