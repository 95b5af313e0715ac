variable "name" {
  description = "Begins the name of every bucket; the account's id ends it, because names are taken worldwide."
  type        = string
}

variable "buckets" {
  description = "The catalogue's buckets, and for how many days files are kept that nothing deletes earlier."
  type        = map(object({ kept_days = number }))
}

variable "origins" {
  description = "Pages that may fetch files from a browser."
  type        = list(string)
}

variable "kms_key_arn" {
  description = "Key of the files."
  type        = string
}

variable "deletion_protection" {
  description = "Whether a bucket with files in it stays when everything else is destroyed."
  type        = bool
}
