output "instance_id" {
  description = "The router."
  value       = aws_instance.this.id
}

output "security_group_id" {
  description = "From which staff reach what is private."
  value       = aws_security_group.this.id
}
