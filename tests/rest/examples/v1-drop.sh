curl -X PUT https://your-domain.com/api/v1/enrollments/enr_mn0456 \
  -H "Authorization: Bearer <access_token>" \
  -H "Content-Type: application/json" \
  -d '{"status": "dropped"}'
