variable "name" {
  description = "Name of the budget."
  type        = string
}

variable "monthly_usd" {
  description = "What the account may cost in a month."
  type        = number

  validation {
    condition     = var.monthly_usd > 0
    error_message = "A budget is more than nothing."
  }
}

variable "email" {
  description = "Who is told."
  type        = string
}
