import { type Bucket, buckets } from '../../../port/bucket.ts'

type SnakeCase<Name extends string> = Name extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${SnakeCase<Rest>}`
  : ''

/** The name of a `wallet` column for the amount in a bucket: the bucket's name in snake case. */
export type BucketColumn = SnakeCase<Bucket>

/** Returns the name of the `wallet` column for a bucket. */
function bucketColumn(bucket: Bucket): BucketColumn {
  return bucket.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) as BucketColumn
}

/** The bucket columns of the table `wallet`, in the order of `buckets`. */
export const bucketColumns: readonly BucketColumn[] = buckets.map(bucketColumn)
