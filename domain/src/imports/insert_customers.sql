INSERT INTO customers (organization_id, import_id, created_at, id, name, email, vat_number, address_line1,
                       postal_code, city, country, currency, payment_terms_days, reference)
SELECT $1, $2, $3, *
FROM unnest($4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[],
            $12::text[], $13::smallint[], $14::text[])
ON CONFLICT (organization_id, lower(email)) DO NOTHING
RETURNING id
