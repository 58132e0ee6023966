import { eventLogContract } from "./event-log.contract.ts"
import { layerMemory } from "./memory.ts"

eventLogContract("memory", layerMemory, 200)
