SELECT id, name, email, vat_number, address_line1, postal_code, city, country, currency, payment_terms_days, reference,
       created_at
FROM customers
WHERE organization_id = $1
  AND lower(name || ' ' || email || ' ' || coalesce(vat_number, '') || ' ' || reference || ' ' || city) LIKE ALL ($2::text[])
  AND ($3::uuid IS NULL OR import_id = $3)
  AND ($4::uuid IS NULL OR (lower(name), id) < (SELECT lower(c.name), c.id FROM customers c WHERE c.id = $4))
ORDER BY lower(name) DESC, id DESC
LIMIT $5
