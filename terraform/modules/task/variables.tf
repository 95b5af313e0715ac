variable "name" {
  description = "Name of the task definition and of its roles."
  type        = string
}

variable "image" {
  description = "Reference of the image, by digest where the pipeline deploys."
  type        = string
}

variable "repository_arn" {
  description = "The repository that the image comes from."
  type        = string
}

variable "cpu" {
  description = "Processor of a task: 1024 are one."
  type        = number

  validation {
    condition     = contains([256, 512, 1024, 2048, 4096], var.cpu)
    error_message = "Fargate has tasks of 256, 512, 1024, 2048 and 4096."
  }
}

variable "memory_mib" {
  description = "Memory of a task in MiB."
  type        = number

  validation {
    condition     = var.memory_mib >= 512
    error_message = "Fargate has no task with less than 512 MiB."
  }
}

variable "architecture" {
  description = "Processor architecture of the image: X86_64, or ARM64 (Graviton), which costs a fifth less."
  type        = string

  validation {
    condition     = contains(["X86_64", "ARM64"], var.architecture)
    error_message = "X86_64 or ARM64."
  }
}

variable "command" {
  description = "Program and arguments; those of the image where this is null."
  type        = list(string)
  default     = null
}

variable "ports" {
  description = "Ports that the container listens on: the first takes requests."
  type        = list(number)
  default     = []
}

variable "health_check" {
  description = "Program and arguments that say whether the container is ready; null for tasks that end. There is no shell in the image."
  type        = list(string)
  default     = null
}

variable "stop_timeout_s" {
  description = "Seconds after SIGTERM until the container is killed."
  type        = number

  validation {
    condition     = var.stop_timeout_s <= 120
    error_message = "Fargate waits for at most 120 seconds."
  }
}

variable "environment" {
  description = "Variables that are no secret."
  type        = map(string)
}

variable "secrets" {
  description = "ARNs of the SSM parameters that become variables, by the variable's name."
  type        = map(string)
}

variable "grants" {
  description = "What the code may do: actions of IAM, and on what."
  type        = map(object({ actions = set(string), resources = set(string) }))
}

variable "kms_key_arn" {
  description = "Key of the log and of the parameters."
  type        = string
}

variable "log_group" {
  description = "Name of the log group."
  type        = string
}

variable "log_retention_days" {
  description = "For how long what is logged is kept."
  type        = number
  default     = 365
}

variable "collector" {
  description = <<-EOT
    A collector of OpenTelemetry beside the adapter, for example for Axiom: its image, its configuration, and the ARN of
    the SSM parameter with its token. It takes some 100 MiB of every task's memory; without one, traces go straight from
    the process.
  EOT
  type        = object({ image = string, configuration = string, token_arn = string })
  default     = null
}
