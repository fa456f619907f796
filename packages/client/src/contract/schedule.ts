import { Type, type Static } from "typebox";

import { ParametersShape } from "./trigger.ts";
import { Id, Nullable, Time } from "./words.ts";

const cron = {
  minLength: 9,
  maxLength: 200,
  description: "Five fields: minute, hour, day of the month, month, weekday.",
};
const Zone = Type.String({ minLength: 1, maxLength: 100 });
const Ref = Type.String({ minLength: 1, maxLength: 1000 });

/** When pipelines of a branch (the default one unless told) or tag start by themselves. */
export const NewScheduleShape = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 200 }),
    cron: Type.String(cron),
    timeZone: Type.Optional(Zone),
    branch: Type.Optional(Ref),
    tag: Type.Optional(Ref),
    parameters: Type.Optional(ParametersShape),
  },
  { additionalProperties: false },
);

export const ScheduleShape = Type.Object({
  id: Id,
  uuid: Type.String(),
  name: Type.String(),
  cron: Type.String(),
  timeZone: Type.String(),
  branch: Nullable(Type.String()),
  tag: Nullable(Type.String()),
  workflow: Nullable(
    Type.String({ description: "The one that it starts: it stands in the branch's config." }),
  ),
  parameters: ParametersShape,
  createdBy: Type.String(),
  createdAt: Time,
  nextTimes: Type.Array(Time, { description: "The next three." }),
});

export type Schedule = Static<typeof ScheduleShape>;
