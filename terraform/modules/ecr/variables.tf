variable "prefix" {
  description = "Folder of the repositories: \"<prefix>/<service>\"."
  type        = string
}

variable "services" {
  description = "Services with an image of their own."
  type        = set(string)
}

variable "kept_images" {
  description = "Images that are kept, the newest: so far a rollback can reach."
  type        = number
  default     = 50
}

variable "kms_key_arn" {
  description = "Key of the images."
  type        = string
}
