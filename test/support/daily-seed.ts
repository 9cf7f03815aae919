const MILLISECONDS_PER_DAY = 86_400_000;

/** Seed of samples: another one each day, so that they accumulate. STOCKBOOK_SEED repeats one. */
export const DAILY_SEED = Number(
  process.env.STOCKBOOK_SEED ?? Math.floor(Date.now() / MILLISECONDS_PER_DAY),
);
