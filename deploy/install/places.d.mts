/** Where Onefold keeps what it fetched or built, for all clones of this user: an absolute path. */
export const cacheFolder: string

/** The installation's record of the backend it settled for; absent before `npm ci` ended. */
export const decisionFile: string
