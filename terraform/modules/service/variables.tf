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
  description = "FARGATE, or FARGATE_SPOT, which costs a third and can be taken away with two minutes' notice."
  type        = string

  validation {
    condition     = contains(["FARGATE", "FARGATE_SPOT"], var.capacity_provider)
    error_message = "FARGATE or FARGATE_SPOT."
  }
}

variable "tasks" {
  description = "How many tasks there are at least and at most."
  type        = object({ min = number, max = number })

  validation {
    condition     = var.tasks.min >= 0 && var.tasks.max >= max(var.tasks.min, 1)
    error_message = "At most has to be one or more, and not less than at least."
  }
}

variable "subnet_ids" {
  description = "Private subnets."
  type        = list(string)
}

variable "security_group_id" {
  description = "Security group of the tasks."
  type        = string
}

variable "vpc_id" {
  description = "The VPC."
  type        = string
}

variable "listener_arn" {
  description = "Listener that gets the rule."
  type        = string
}

variable "alb_arn_suffix" {
  description = "The load balancer's name in CloudWatch's metrics."
  type        = string
}

variable "rule" {
  description = "Which requests are the service's: by host and, for staff, by the address that they come from."
  type        = object({ priority = number, host = string, source_addresses = optional(list(string)) })

  validation {
    condition     = var.rule.source_addresses == null || length(coalesce(var.rule.source_addresses, ["-"])) > 0
    error_message = "A host for staff names who may reach it."
  }
}

variable "http_port" {
  description = "Port of requests."
  type        = number
}

variable "health" {
  description = "Port and path that say whether requests are welcome."
  type        = object({ port = number, path = string })
}

variable "deregistration_delay_s" {
  description = "Seconds for which requests may go on that a leaving task has begun: as long as the adapter's grace."
  type        = number
}

variable "requests_per_task" {
  description = "Requests a minute and task, beyond which a task is added."
  type        = number
  default     = 3000
}

variable "p99_s" {
  description = "Seconds within which 99 of 100 requests are answered; more is an alarm."
  type        = number
  default     = 2
}

variable "topic_arn" {
  description = "Where alarms go."
  type        = string
}
