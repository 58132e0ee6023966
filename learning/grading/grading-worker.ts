/** The program of the grading thread. */
import { serve } from "../confined/serve.ts"
import { grade } from "./grade.ts"

serve("ready", grade)
