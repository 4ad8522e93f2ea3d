curl -X DELETE https://your-domain.com/api/v1/enrollments/enr_rs3456 \
  -H "Authorization: Bearer <access_token>"
