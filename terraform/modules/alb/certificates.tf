resource "aws_acm_certificate" "this" {
  for_each = toset(var.domains)

  domain_name       = "*.${each.key}"
  validation_method = "DNS"

  lifecycle {
    create_before_destroy = true
  }

  tags = { Name = each.key }
}

# A wildcard certificate of one name is proved by one record.
resource "aws_route53_record" "proof" {
  for_each = aws_acm_certificate.this

  zone_id         = var.zone_id
  name            = one(each.value.domain_validation_options).resource_record_name
  type            = one(each.value.domain_validation_options).resource_record_type
  records         = [one(each.value.domain_validation_options).resource_record_value]
  ttl             = 300
  allow_overwrite = true
}

resource "aws_acm_certificate_validation" "this" {
  for_each = aws_acm_certificate.this

  certificate_arn         = each.value.arn
  validation_record_fqdns = [aws_route53_record.proof[each.key].fqdn]
}
