/**
 * What the tests look at in manifests, of those that the schemas have nothing against.
 */
import { Schema } from "effect"

const Texts = Schema.Record(Schema.String, Schema.String)
const Reference = Schema.Struct({ secretKeyRef: Schema.Struct({ name: Schema.String, key: Schema.String }) })

const Variables = Schema.Array(Schema.Struct({ name: Schema.String, valueFrom: Schema.optionalKey(Reference) }))

const Container = Schema.Struct({
  image: Schema.String,
  args: Schema.Array(Schema.String),
  env: Schema.optionalKey(Variables),
  resources: Schema.Struct({
    limits: Schema.Record(Schema.String, Schema.Union([Schema.String, Schema.Number])),
    requests: Texts
  })
})

/** A Deployment or a Job. */
export const Workload = Schema.Struct({
  kind: Schema.String,
  metadata: Schema.Struct({ name: Schema.String }),
  spec: Schema.Struct({
    replicas: Schema.optionalKey(Schema.Int),
    selector: Schema.optionalKey(Schema.Struct({ matchLabels: Texts })),
    template: Schema.Struct({
      metadata: Schema.Struct({ labels: Texts }),
      spec: Schema.Struct({ containers: Schema.Tuple([Container]), nodeSelector: Schema.optionalKey(Texts) })
    })
  })
})
export type Workload = typeof Workload.Type

/** A patch, for the variables that it brings. */
export const Patch = Schema.Struct({
  spec: Schema.Struct({
    template: Schema.Struct({
      spec: Schema.Struct({ containers: Schema.Tuple([Schema.Struct({ env: Variables })]) })
    })
  })
})

export const ScaledObject = Schema.Struct({
  metadata: Schema.Struct({ name: Schema.String }),
  spec: Schema.Struct({
    scaleTargetRef: Schema.Struct({ name: Schema.String }),
    minReplicaCount: Schema.Int,
    maxReplicaCount: Schema.Int,
    triggers: Schema.Array(
      Schema.Struct({
        type: Schema.Literal("kafka"),
        authenticationRef: Schema.Struct({ name: Schema.String }),
        metadata: Texts
      })
    )
  })
})

export const PodDisruptionBudget = Schema.Struct({
  spec: Schema.Struct({ maxUnavailable: Schema.Int, selector: Schema.Struct({ matchLabels: Texts }) })
})

export const TriggerAuthentication = Schema.Struct({
  metadata: Schema.Struct({ name: Schema.String }),
  spec: Schema.Struct({ secretTargetRef: Schema.Array(Schema.Struct({ name: Schema.String, key: Schema.String })) })
})

const Probe = (path: string) =>
  Schema.Struct({ httpGet: Schema.Struct({ path: Schema.Literal(path), port: Schema.Literal("http") }) })

/** A pod that may do next to nothing: what Kubernetes calls restricted, and a file system that it cannot write. */
export const Confined = Schema.Struct({
  spec: Schema.Struct({
    template: Schema.Struct({
      spec: Schema.Struct({
        automountServiceAccountToken: Schema.Literal(false),
        securityContext: Schema.Struct({
          runAsNonRoot: Schema.Literal(true),
          runAsUser: Schema.Literal(1000),
          seccompProfile: Schema.Struct({ type: Schema.Literal("RuntimeDefault") })
        }),
        containers: Schema.Tuple([
          Schema.Struct({
            securityContext: Schema.Struct({
              allowPrivilegeEscalation: Schema.Literal(false),
              readOnlyRootFilesystem: Schema.Literal(true),
              capabilities: Schema.Struct({ drop: Schema.Tuple([Schema.Literal("ALL")]) })
            })
          })
        ])
      })
    })
  })
})

/** A worker that is asked whether it lives and is ready, and spread over machines. */
export const Tended = Schema.Struct({
  spec: Schema.Struct({
    template: Schema.Struct({
      spec: Schema.Struct({
        terminationGracePeriodSeconds: Schema.Int,
        topologySpreadConstraints: Schema.NonEmptyArray(Schema.Unknown),
        containers: Schema.Tuple([
          Schema.Struct({
            ports: Schema.Tuple([Schema.Struct({ name: Schema.Literal("http"), containerPort: Schema.Int })]),
            startupProbe: Probe("/health"),
            livenessProbe: Probe("/health"),
            readinessProbe: Probe("/ready")
          })
        ])
      })
    })
  })
})

const Kind = Schema.Struct({ kind: Schema.String })

/** Every document of a kind. Throws where one of them has not this form. */
export const those = <T, E>(
  kind: string,
  form: Schema.Codec<T, E>,
  documents: ReadonlyArray<unknown>
): ReadonlyArray<T> =>
  documents
    .filter((document) => Schema.decodeUnknownSync(Kind)(document).kind === kind)
    .map((document) => Schema.decodeUnknownSync(form)(document))
