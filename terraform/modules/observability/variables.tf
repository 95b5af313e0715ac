variable "name" {
  description = "Begins the name of the topic, the alarms and the dashboard."
  type        = string
}

variable "email" {
  description = "Who is told."
  type        = string
}

variable "kms_key_arn" {
  description = "Key of the topic."
  type        = string
}
