variable "name" {
  description = "Begins the name of every queue."
  type        = string
}

variable "queues" {
  description = "The catalogue's queues, one per function that works on messages."
  type = map(object({
    visibility_timeout_s    = number
    max_receive_count       = number
    dead_letter_retention_s = number
    batch_size              = number
    maximum_concurrency     = number
  }))

  validation {
    condition     = alltrue([for queue in var.queues : queue.max_receive_count >= 5])
    error_message = "Fewer than five receives lose messages to throttling (\"Creating and configuring an Amazon SQS event source mapping\")."
  }
}

variable "kms_key_arn" {
  description = "Key of the messages."
  type        = string
}

variable "topic_arn" {
  description = "Where alarms go."
  type        = string
}
