variable "name" {
  description = "Name of the group, and beginning of every schedule's name."
  type        = string
}

variable "schedules" {
  description = "The catalogue's schedules: when each fires, and what it puts on its function's queue."
  type        = map(object({ expression = string, input = string }))

  validation {
    condition     = alltrue([for schedule in var.schedules : can(regex("^(rate|cron|at)\\(.+\\)$", schedule.expression))])
    error_message = "An expression is rate(…), cron(…) or at(…) (\"Schedule types in EventBridge Scheduler\")."
  }
}

variable "queues" {
  description = "ARN of each function's queue."
  type        = map(string)
}

variable "kms_key_arn" {
  description = "Key of the queues' messages and of the schedules."
  type        = string
}
