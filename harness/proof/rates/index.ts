export * from './burst.ts'
export { type Counting, countedOctets, EGRESS, inCountedWords, POLICE } from './counting.ts'
export { type LimiterCurves, limiterCurves } from './curves.ts'
export { type FittedBucket, fittedBucket } from './fitted.ts'
export { type RateInterval, rateInterval } from './interval.ts'
export { cameAtNs, delaysNs, type Joined, joinTraffic } from './joined.ts'
export type { BucketLimit } from './limit.ts'
export { type LimiterOptions, LimiterView, limiterBetween } from './limiter.ts'
export { delaysAsQueued, delaysAtMost, losesNothing, showsSignature } from './limiter-verdicts.ts'
export { LEAST_FACTOR, loadFactor, type OfferedLoad, offeredLoad } from './load.ts'
export {
  isMeasured,
  type Limiting,
  type Measurement,
  measureLimiter,
  type NotMeasured,
  type SteadyRate,
} from './measurement.ts'
export { type Order, orderOf } from './order.ts'
export { ALLOWANCE, type Allowance, type PredictedDelays, predictDelays } from './prediction.ts'
export { type LimiterSignature, type SignatureKind, signatureOf, signatureText } from './signature.ts'
export { roughRate, type SteadyPart } from './steady.ts'
export {
  type CapturedFrame,
  type Traffic,
  type TrafficOptions,
  trafficBetween,
  trafficOf,
  trafficOfFlows,
} from './traffic.ts'
export { compareRate, keepsBurst, keepsRate, type RateBounds, rateText, rateWithin } from './verdicts.ts'
