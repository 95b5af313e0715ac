output "group" {
  description = "The group of schedules."
  value       = aws_scheduler_schedule_group.this.name
}
