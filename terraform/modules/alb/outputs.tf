output "arn" {
  description = "The load balancer."
  value       = aws_lb.this.arn
}

output "arn_suffix" {
  description = "Its name in CloudWatch's metrics."
  value       = aws_lb.this.arn_suffix
}

output "dns_name" {
  description = "What the hosts' names lead to."
  value       = aws_lb.this.dns_name
}

output "zone_id" {
  description = "Zone of the DNS name."
  value       = aws_lb.this.zone_id
}

output "listener_arn" {
  description = "Where environments add their rules."
  value       = aws_lb_listener.https.arn
}

output "security_group_id" {
  description = "From which the tasks take requests."
  value       = aws_security_group.this.id
}
