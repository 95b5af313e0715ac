output "queues" {
  description = "Name and ARN of each queue, with the name of its dead letters."
  value = {
    for key, queue in aws_sqs_queue.this :
    key => { name = queue.name, arn = queue.arn, dead_letters = aws_sqs_queue.dead_letters[key].name }
  }
}

output "url_prefix" {
  description = "What every queue's URL begins with: the function's name follows."
  value       = trimsuffix(values(aws_sqs_queue.this)[0].url, keys(aws_sqs_queue.this)[0])
}
