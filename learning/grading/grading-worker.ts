/** The program of the grading thread. */
import { grade } from "./grade.ts"
import { serveGrading } from "./serve-grading.ts"

serveGrading(grade)
