variable "name" {
  description = "Name of the dashboard."
  type        = string
}

variable "alb_arn_suffix" {
  description = "The load balancer's name in CloudWatch's metrics."
  type        = string
}

variable "target_groups" {
  description = "Target group of each service behind the load balancer, as CloudWatch's metrics name it."
  type        = map(string)
}

variable "services" {
  description = "All services: their cluster and name, and how many functions each has."
  type        = map(object({ cluster = string, name = string, functions = number }))
}

variable "queues" {
  description = "Names of the queues and of their dead letters."
  type        = map(object({ name = string, dead_letters = string }))
}

variable "database" {
  description = "Name of the database's instance."
  type        = string
}
