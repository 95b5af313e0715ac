variable "name" {
  description = "Alias of the key."
  type        = string
}

variable "services" {
  description = "AWS services that encrypt with the key by themselves, such as \"sns.amazonaws.com\"."
  type        = set(string)
  default     = []
}
