variable "path" {
  description = "Path of the parameters: \"/<prefix>/<environment>\"."
  type        = string

  validation {
    condition     = can(regex("^(/[a-z0-9-]+)+$", var.path))
    error_message = "A path begins with a slash and does not end with one."
  }
}

variable "secrets" {
  description = "The variables that carry secrets, by the service or task that is given them."
  type        = map(set(string))
}

variable "kms_key_arn" {
  description = "Key of the parameters."
  type        = string
}
