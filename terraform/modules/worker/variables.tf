variable "name" {
  description = "Name of the service."
  type        = string
}

variable "cluster" {
  description = "Name of the cluster."
  type        = string
}

variable "definition_arn" {
  description = "What its tasks run."
  type        = string
}

variable "capacity_provider" {
  description = "FARGATE, or FARGATE_SPOT: a message that a task does not finish comes again."
  type        = string

  validation {
    condition     = contains(["FARGATE", "FARGATE_SPOT"], var.capacity_provider)
    error_message = "FARGATE or FARGATE_SPOT."
  }
}

variable "tasks" {
  description = "How many tasks there are at least and at most."
  type        = object({ min = number, max = number })
}

variable "subnet_ids" {
  description = "Private subnets."
  type        = list(string)
}

variable "security_group_id" {
  description = "Security group of the tasks."
  type        = string
}

variable "queues" {
  description = "Names of the queues whose messages wait for a task, by function."
  type        = map(string)

  validation {
    condition     = length(var.queues) >= 1 && length(var.queues) <= 8
    error_message = "A metric of target tracking is made of ten others at most: name the eight queues that matter."
  }
}

variable "backlog_per_task" {
  description = "Messages that may wait for each task, before one is added."
  type        = number
  default     = 50
}

variable "topic_arn" {
  description = "Where alarms go."
  type        = string
}
