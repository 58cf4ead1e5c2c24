// The CDK CLI polls a stack every 5 seconds and its events every 2, and has no option for it.
// A stack of the local AWS is often complete after one second.
"use strict";

const wait = globalThis.setTimeout;
const shorter = (callback, milliseconds, ...values) =>
  wait(callback, milliseconds === 5000 || milliseconds === 2000 ? 250 : milliseconds, ...values);
globalThis.setTimeout = Object.defineProperties(shorter, Object.getOwnPropertyDescriptors(wait));
