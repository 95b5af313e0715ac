variable "name" {
  description = "Begins the name of every table."
  type        = string
}

variable "tables" {
  description = "The catalogue's tables: key, the attribute of \"Time to Live\", and an index over everything."
  type = map(object({
    key        = string
    removed_at = string
    index      = optional(object({ name = string, attribute = string }))
    backed_up  = bool
  }))
}

variable "kms_key_arn" {
  description = "Key of the tables."
  type        = string
}

variable "deletion_protection" {
  description = "Whether tables are protected from being deleted."
  type        = bool
}
