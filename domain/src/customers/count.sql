SELECT count(*) AS "total!",
       count(*) FILTER (WHERE (lower(name), id)
           < (SELECT lower(c.name), c.id FROM customers c WHERE c.id = $4)) AS "preceding!"
FROM customers
WHERE organization_id = $1
  AND lower(name || ' ' || email || ' ' || coalesce(vat_number, '') || ' ' || reference || ' ' || city) LIKE ALL ($2::text[])
  AND ($3::uuid IS NULL OR import_id = $3)
